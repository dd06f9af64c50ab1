"""Facebook Pages: the Graph API, and the public pages of www.facebook.com."""
