"""How each host does: its backlog, its calls, its last failure."""
