"""What people get by mail or webhook: the week, and that an issue is out."""
