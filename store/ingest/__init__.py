"""The one writer: from harvest messages to documents."""
