"""What a reader may see: decided here, where the queries are built, and nowhere else."""
