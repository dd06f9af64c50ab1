"""How the network is reached."""
