"""Where: MongoDB. One writer of what was crawled, as-of reads, the raw archive, month sums.

What the collections hold is a pure function of the set of messages written: neither their order nor
how often each came changes a document.
"""
