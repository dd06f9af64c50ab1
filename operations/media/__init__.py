"""What media abroad wrote about cities in a month, from files of GDELT in a folder."""
