"""Instagram professional accounts: business discovery of the Graph API, and the public pages."""
