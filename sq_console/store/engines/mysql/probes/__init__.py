"""What `check` tries on a MySQL server, beside its tables."""
