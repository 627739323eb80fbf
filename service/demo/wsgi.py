"""The site for a WSGI server: `WINNOW_DEMO_URL` is Winnow's address, `WINNOW_DEMO_KEY` a `submit` key."""

from environs import Env

from service.demo.client import WinnowClient
from service.demo.site import create_site

TIMEOUT = 5.0  # seconds for one attempt to reach Winnow, while a reader waits
HASTE = 1.0  # seconds for one question whose answer a comment does not wait for

env = Env()
url, key = env.str("WINNOW_DEMO_URL"), env.str("WINNOW_DEMO_KEY")
app = create_site(WinnowClient(url, key, TIMEOUT), WinnowClient(url, key, HASTE, again=0))
