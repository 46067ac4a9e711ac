;; The answer is a million empty tensors: 28 MB of zeros in the model, hundreds of megabytes of objects in its host.
;; part: memory
500
;; part: infer
(i32.store (i32.const 516) (i32.const 65536))
(i32.store (i32.const 520) (i32.const 1000000))
(i32.const 512)
