;; The answer has fewer bytes than its shape says: address, bytes, declared values.
;; part: answer
700 4 2
