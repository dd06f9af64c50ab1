"""What Facebook's and Instagram's Graph API have in common."""
