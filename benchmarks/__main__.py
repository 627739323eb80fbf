"""`make bench`: the benchmarks that need nothing but this machine."""

from benchmarks import throughput

if __name__ == "__main__":
    throughput.main()
