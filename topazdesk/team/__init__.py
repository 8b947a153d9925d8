"""One queue for many machines: the same engine on PostgreSQL, with procrastinate for workers, locks and wake-ups.

Imported only where a team is used; its libraries are an extra (`topazdesk[team]`).
"""
