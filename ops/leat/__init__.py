"""The account over HTTP: what can be asked, what comes back, how fast, and with which secret.

Knows nothing of plans, jobs or files.
"""
