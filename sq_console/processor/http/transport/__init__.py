"""HTTP/1.1 on asyncio's TCP and TLS: one exact request, one exact response.

No redirects, cookies, proxies, decompression or second sends: that is its virtue.
"""
