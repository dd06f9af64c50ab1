"""Whether all is well: servers, tokens, one visit as a trial, and the message of the morning."""
