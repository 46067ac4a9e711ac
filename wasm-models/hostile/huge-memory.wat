;; Four gigabytes from the start.
;; part: memory
65536
