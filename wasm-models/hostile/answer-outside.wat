;; The data of the answer lies beyond the end of the memory: address, bytes, declared values.
;; part: answer
2147418112 4 1
