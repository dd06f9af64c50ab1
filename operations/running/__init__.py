"""Processes: what keeps them running, where they log, how they end.

clock       the one place where the time of day is read, and simulated clocks
opening     a runtime for settings: which clock, which servers
parts       writer, scheduler, one-off collection, and all parts together under a supervisor
crawling    spiders in this process
portal      the portal's server
heartbeats  what their signs of life are called
logs        files of log records
stopping    work that is to end in time
installed   which optional parts there are
"""
