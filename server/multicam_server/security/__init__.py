"""The doors: certificates, and who the caller is by token or certificate.

Nothing is imported here: `tokens` needs the extra `multicam[jwt]`.
"""
