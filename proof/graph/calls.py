"""The API calls that make a resource, as the provider sends them: what AWS' models, moto and the limits in prose are asked about."""

import calls_data  # noqa: F401  (each fills the table)
import calls_functions  # noqa: F401
import calls_network  # noqa: F401
from calling import CALLS

__all__ = ["CALLS"]
