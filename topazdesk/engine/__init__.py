"""The durable job engine: plain asyncio."""
