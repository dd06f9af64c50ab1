"""What the store holds of a month as tables, row by row, whatever their length."""
