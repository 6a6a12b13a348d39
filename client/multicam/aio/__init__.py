"""The client for asyncio: the same methods, awaited.

    async with multicam.aio.Client(target, tenant_id="t_a", env="dev") as client:
        response = await client.align(request)

Errors, configuration and messages are those of `multicam`.
"""

from .client import Client
from .streams import AnalyzeStream

__all__ = ["AnalyzeStream", "Client"]
