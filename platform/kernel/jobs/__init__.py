"""Work that outlives its request. See README.md."""

from kernel.jobs.registry import CONSUMERS, PERIODIC, Consumer, consume, consumes, every

__all__ = ["CONSUMERS", "PERIODIC", "Consumer", "consume", "consumes", "every"]
