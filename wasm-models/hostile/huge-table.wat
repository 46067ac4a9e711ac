;; A table of ten million entries from the start.
;; part: fields
(table 10000000 funcref)
