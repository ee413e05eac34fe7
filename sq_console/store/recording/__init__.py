"""Outcomes, written with their log rows, and the sums of a minute."""
