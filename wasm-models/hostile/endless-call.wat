;; infer never returns.
;; part: infer
(loop $again (br $again))
(i32.const 512)
