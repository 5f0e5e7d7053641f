"""The central side: what booths sent, checked and appended to tables that existing engines read."""
