"""A sample web over loopback, made from the development corpus, for the demo and for tests.

async with SampleWeb() as web:
    for served in web.outlets:
        print(served.outlet.name, served.listing_url, len(served.articles))
"""

from desk.sample_web.server import SampleWeb, ServedOutlet

__all__ = ["SampleWeb", "ServedOutlet"]
