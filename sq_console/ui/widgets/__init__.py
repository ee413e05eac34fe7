"""Widgets that are shown models and tell what the operator does; they know no store."""
