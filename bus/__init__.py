"""Redis between the parts: visits on their way out, harvest on its way home, the ledger.

Nothing here is the truth about what is due or known: that is in MongoDB, and an emptied Redis is
healed by the next plan.
"""
