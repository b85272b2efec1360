"""read_pydap.py URL [session|get_kwargs CERTIFICATE KEY]: prints the last row of the grid."""

import sys

import numpy
import requests
from pydap.client import open_url

url, *certificate = sys.argv[1:]
session = requests.Session()
options = {}
if certificate:
    how, file, key = certificate
    if how == "session":
        session.cert = (file, key)
    else:
        options["get_kwargs"] = {"cert": (file, key)}
grid = open_url(url, session=session, **options)["sst"]
array = grid.array if hasattr(grid, "array") else grid
rows = array[1:2, 2:3, :]
rows = getattr(rows, "data", rows)
print(numpy.asarray(rows[0] if isinstance(rows, (list, tuple)) else rows).ravel().tolist())
