"""From a table and a method to scores and ranks; numbers only."""
