"""Who is watched: cities and their official accounts, as files that people can read and edit."""
