"""Who an account is: looked up by handle or id, judged against the registry."""
