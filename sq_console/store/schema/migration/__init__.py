"""From an older schema to ours: what is missing, as steps in their order.

The steps are derived from what a database has, never from its version number: a run
that was killed left less to do, and the next one finds just that.
"""
