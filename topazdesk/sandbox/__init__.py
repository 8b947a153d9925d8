"""A local service for practice and tests: a real HTTP server with the published contracts of Topaz and Runflow.

It is a separate program (`python -m topazdesk.sandbox`) and costs nothing. It offers nothing beyond the published
contracts, so what works against it works with the real services. Where a contract leaves something open, the module
concerned says "the sandbox's choice" and why. It never claims to be Topaz: each result says "sandbox" in its pixels and
its metadata.
"""
