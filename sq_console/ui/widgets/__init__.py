"""Widgets: they show values and post messages of what the operator does; no store."""
