"""What is published: issues, top lists, and their wording."""
