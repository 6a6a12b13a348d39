"""What the server tells of itself: metrics and traces of calls, from what the work measured.

Nothing is imported here: work in another process needs `tally` alone.
"""
