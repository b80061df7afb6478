/* The model file MODEL, as it is, in flash. */
    .section .model, "a"
    .balign 4
    .global model_file
model_file:
    .incbin MODEL
    .global model_file_end
model_file_end:
