"""One module per kind of fault. Each has a `Dose`, the full measure as its defaults,
a SHORT one, and `run(stage, dose)`.
"""
