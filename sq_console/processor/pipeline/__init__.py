"""A job's way: claim, dispatch, record, or release."""
