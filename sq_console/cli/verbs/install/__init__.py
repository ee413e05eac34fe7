"""Verbs that print what a machine is given beside the program."""
