"""What media abroad write about cities: bulk files of GDELT, read, matched and counted."""
