"""One module for each kind of fault. Each has a `Dose`, whose defaults are the full
measure, a SHORT one, and `run(setup, dose)`.
"""
