"""Tables of people: read from CSV and XLSX, written as CSV."""
