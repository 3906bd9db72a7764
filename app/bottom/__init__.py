"""The tabs along the lower edge: queue, log, notices."""
