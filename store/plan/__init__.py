"""What the planner asks: accounts, states of visits, counts of posts."""
