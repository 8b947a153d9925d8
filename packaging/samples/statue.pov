// A marble head in a garden: an ellipsoid that gentle bumps shape into a face, turned into a fine mesh.
// Render: povray statue.pov +W720 +H900 +A0.2 +R3
#version 3.7;
#include "functions.inc"
global_settings {
  assumed_gamma 1.0
  max_trace_level 5
  radiosity { count 50 nearest_count 8 error_bound 0.6 recursion_limit 1 low_error_factor 0.6 brightness 0.9 }
}

camera {
  location <-1.55, 0.30, -5.9>
  look_at <0.0, -0.20, 0>
  right x * image_width / image_height
  angle 26
  blur_samples 12 aperture 0.16 focal_point <-0.2, 0.1, -0.9> confidence 0.95 variance 1/300
}
light_source { <-62, 44, -22> color rgb <1.0, 0.90, 0.76> * 1.12 area_light <5, 0, 0>, <0, 5, 0>, 4, 4 adaptive 1 jitter }
light_source { <50, 10, -30> color rgb <0.40, 0.52, 0.66> * 0.22 shadowless }
sky_sphere { pigment { gradient y color_map { [0 color rgb <0.50, 0.56, 0.50>] [0.5 color rgb <0.42, 0.54, 0.70>] [1 color rgb <0.28, 0.42, 0.66>] } } }

#declare Bump = function(A, B, Ca, Cb, Sa, Sb) { exp(-((A - Ca) / Sa) * ((A - Ca) / Sa) - ((B - Cb) / Sb) * ((B - Cb) / Sb)) }
#declare Soft = function(T, Lo, Hi) { min(1, max(0, (T - Lo) / (Hi - Lo))) * min(1, max(0, (T - Lo) / (Hi - Lo))) * (3 - 2 * min(1, max(0, (T - Lo) / (Hi - Lo)))) }

// Relief of the face over the front of the head; P is the distance from the middle line.
#declare Face = function(P, y) {
    0.200 * Bump(P, y, 0, -0.170, 0.085, 0.075)        // tip of the nose
  + 0.150 * Bump(P, y, 0, -0.040, 0.062, 0.130)        // its back
  + 0.085 * Bump(P, y, 0,  0.140, 0.075, 0.150)        // its root
  + 0.085 * Bump(P, y, 0.098, -0.205, 0.048, 0.048)    // wings
  + 0.065 * Bump(P, y, 0.26,  0.305, 0.20, 0.060)      // brows
  + 0.035 * Bump(P, y, 0,     0.44, 0.40, 0.16)        // forehead
  - 0.105 * Bump(P, y, 0.265, 0.165, 0.150, 0.095)     // sockets
  + 0.100 * Bump(P, y, 0.265, 0.150, 0.100, 0.066)     // eyes under their lids
  - 0.022 * Bump(P, y, 0.265, 0.128, 0.105, 0.0095)    // the line between the lids
  - 0.016 * Bump(P, y, 0.265, 0.212, 0.115, 0.012)     // crease above
  + 0.052 * Bump(P, y, 0.42, -0.03, 0.17, 0.14)        // cheekbones
  - 0.038 * Bump(P, y, 0.40, -0.36, 0.15, 0.17)        // below them
  + 0.060 * Bump(P, y, 0,    -0.43, 0.23, 0.15)        // round of the teeth
  - 0.020 * Bump(P, y, 0,    -0.315, 0.026, 0.05)      // groove above the lip
  + 0.054 * Bump(P, y, 0.055, -0.395, 0.105, 0.030)    // upper lip
  + 0.064 * Bump(P, y, 0,    -0.490, 0.120, 0.042)     // lower lip
  - 0.060 * Bump(P, y, 0,    -0.438, 0.175, 0.0125)    // mouth
  - 0.030 * Bump(P, y, 0.195, -0.440, 0.030, 0.035)    // its corners
  - 0.046 * Bump(P, y, 0,    -0.585, 0.170, 0.042)     // below the lip
  + 0.105 * Bump(P, y, 0,    -0.740, 0.165, 0.115)     // chin
}
// The hair: a cap with locks that run back from the parting.
#declare Hairline = function(x, y, z) { Soft(y + 0.40 * (z + 0.46) + 0.05 * sin(9 * x) - 0.16 * x * x, 0.40, 0.48) }
#declare Locks = function(x, y, z) {
  0.075 + 0.030 * sin(26 * atan2(x, y + 0.55) + 5.5 * f_noise3d(x * 2.6, y * 2.6, z * 2.6) + 9 * z)
  + 0.020 * sin(15 * z + 10 * f_noise3d(x * 3.1, y * 3.1, z * 3.1 + 7) + 8 * abs(x))
  + 0.010 * f_noise3d(x * 22, y * 22, z * 7)
}
#declare Jaw = function(y) { 1 - 0.30 * Soft(-y, 0.12, 1.0) }
#declare Head = function(x, y, z) {
  sqrt(pow(x / (0.76 * Jaw(y)), 2) + pow(y / 1.06, 2) + pow((z + 0.10 * Soft(-y, 0, 0.9)) / (0.93 * (1 - 0.13 * Soft(-y, 0.2, 1.0))), 2)) - 1
  - Face(abs(x), y) * Soft(-z, 0.15, 0.55) * 1.08
  - Hairline(x, y, z) * Locks(x, y, z)
}

// From the surface to a mesh: along each direction from the middle of the head, a few steps of Newton's rule find the radius.
#declare Rings = 330;
#declare Spokes = 400;
#declare P = array[Rings + 1][Spokes + 1]
#declare I = 0;
#while (I <= Rings)
  #declare J = 0;
  #while (J <= Spokes)
    #declare A = pi * (0.002 + 0.90 * I / Rings);       // stops inside the neck
    #declare B = 2 * pi * J / Spokes;
    #declare D = <sin(A) * sin(B), cos(A), sin(A) * cos(B)>;
    #declare R = 1;
    #declare K = 0;
    #while (K < 6)
      #declare R = R - 0.85 * Head(R * D.x, R * D.y, R * D.z);
      #declare K = K + 1;
    #end
    #declare P[I][J] = R * D;
    #declare J = J + 1;
  #end
  #declare I = I + 1;
#end
#macro Normal(I, J)
  vnormalize(vcross(
    P[min(I + 1, Rings)][J] - P[max(I - 1, 0)][J],
    P[I][mod(J + 1, Spokes)] - P[I][mod(J - 1 + Spokes, Spokes)]))
#end
#declare Q = array[Rings + 1][Spokes + 1]
#declare I = 0;
#while (I <= Rings)
  #declare J = 0;
  #while (J <= Spokes)
    #declare Q[I][J] = Normal(I, mod(J, Spokes));
    #declare J = J + 1;
  #end
  #declare I = I + 1;
#end
#declare Skull = mesh {
  #declare I = 0;
  #while (I < Rings)
    #declare J = 0;
    #while (J < Spokes)
      smooth_triangle { P[I][J], Q[I][J], P[I + 1][J], Q[I + 1][J], P[I + 1][J + 1], Q[I + 1][J + 1] }
      smooth_triangle { P[I][J], Q[I][J], P[I + 1][J + 1], Q[I + 1][J + 1], P[I][J + 1], Q[I][J + 1] }
      #declare J = J + 1;
    #end
    #declare I = I + 1;
  #end
}
#declare Ear = union {
  difference {
    sphere { 0, 1 scale <0.075, 0.215, 0.13> }
    sphere { 0, 1 scale <0.06, 0.150, 0.085> translate <0.065, 0.02, -0.005> }
  }
  sphere { 0, 1 scale <0.05, 0.06, 0.05> translate <0, -0.17, -0.03> }
  rotate <-10, -22, 4>
}
#declare Marble = texture {
  pigment {
    marble turbulence 1.1 octaves 7 lambda 2.2
    color_map { [0 color rgb <0.80, 0.78, 0.74>] [0.85 color rgb <0.82, 0.80, 0.765>] [0.96 color rgb <0.75, 0.73, 0.70>] [1 color rgb <0.68, 0.66, 0.64>] }
    scale 0.9 rotate <20, 30, 50>
  }
  normal { granite 0.03 scale 0.25 }
  finish { ambient 0 diffuse 0.72 specular 0.22 roughness 0.03 }
}
union {
  object { Skull }
  object { Ear translate <0.735, 0.02, 0.08> }
  object { Ear scale <-1, 1, 1> translate <-0.735, 0.02, 0.08> }
  // Neck, shoulders and the fold of a garment.
  blob {
    threshold 0.4
    cylinder { <0, -0.45, 0.20>, <0, -1.75, 0.30>, 0.72, 1 }
    cylinder { <-0.95, -1.98, 0.32>, <0.95, -1.98, 0.32>, 0.80, 1 }
    sphere { <0, -1.95, 0.10>, 1.15, 0.9 }
    cylinder { <-0.42, -1.52, 0.05>, <-0.04, -1.86, -0.42>, 0.14, 0.5 }
    cylinder { <0.42, -1.52, 0.05>, <0.04, -1.86, -0.42>, 0.14, 0.5 }
  }
  texture { Marble }
  rotate y * 9
}
// Plinth.
box { <-1.7, -2.5, -0.95>, <1.7, -2.02, 1.15>
  texture { pigment { granite color_map { [0 color rgb 0.30] [1 color rgb 0.50] } scale 0.3 } normal { granite 0.2 scale 0.2 } finish { ambient 0 diffuse 0.75 } } }
// Hedge and trees, far out of focus.
#declare Seed = seed(5);
#declare I = 0;
#while (I < 4200)
  sphere { <-14 + 28 * rand(Seed), -4 + (5.4 + 0.9 * sin(0.9 * I)) * rand(Seed), 13 + 5 * rand(Seed)>, 0.14 + 0.30 * rand(Seed)
    texture { pigment { color rgb <0.05 + 0.07 * rand(Seed), 0.11 + 0.09 * rand(Seed), 0.03> } normal { bumps 1 scale 0.1 } finish { ambient 0 diffuse 0.9 } } }
  #declare I = I + 1;
#end
plane { y, -4 texture { pigment { bozo color_map { [0 color rgb <0.10, 0.16, 0.05>] [1 color rgb <0.18, 0.22, 0.08>] } } finish { ambient 0 diffuse 0.8 } } }
