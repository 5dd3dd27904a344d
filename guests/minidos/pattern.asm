; PATTERN.DAT: 70,000 bytes that depend on their place, more than a segment and many
; clusters, for CRC and COPY to chew on.

%assign i 0
%rep 70000
	db	(i * 7 + i / 251 + i / 65536) & 0xFF
%assign i i + 1
%endrep
