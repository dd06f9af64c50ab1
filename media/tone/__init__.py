"""Tone of short texts, offline: positive, neutral or negative, or unscored where nobody knows."""
