"""The way of a job through a processor: claim, dispatch, record, or release."""
